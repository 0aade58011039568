"""Verification of passkey signatures (WebAuthn Level 3, 7.2) over a challenge that says what was decided.

The library takes a third of a second to load, so it is loaded with the first passkey and not with the server.
"""

from __future__ import annotations

import hmac

from parley.legal.disclosure.errors import AssertionInvalid
from parley.legal.disclosure.model import PasskeyHolder, PasskeySignature

#: An honest answer of a browser is far smaller.
_MAX_ASSERTION = 16 * 1024


def credential_of(assertion: str) -> bytes:
    """Give the id of the passkey that a browser's answer (`AuthenticationResponseJSON`) claims to come from.

    Raises:
        AssertionInvalid: it is no such answer.
    """
    if len(assertion) > _MAX_ASSERTION:
        raise AssertionInvalid("the passkey's answer is too long")
    from webauthn import helpers
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        return helpers.base64url_to_bytes(helpers.parse_authentication_credential_json(assertion).id)
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise AssertionInvalid("not an answer of a passkey") from error


def verify(signature: PasskeySignature, holder: PasskeyHolder, challenge: bytes, rp_id: str, origin: str) -> None:
    """Check that `holder`'s passkey signed `challenge` on a page of `origin`, with the person verified.

    Signature counters are not judged: what is signed is bound to one order by its hash.

    Raises:
        AssertionInvalid: another person, key, challenge, site, or no verified person.
    """
    claimed = credential_of(signature.assertion)
    same_key = hmac.compare_digest(claimed, holder.credential_id)
    if signature.person != holder.person or not same_key or signature.credential_id != claimed:
        raise AssertionInvalid(f"the signature of {holder.name} names another person or passkey")
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        verify_authentication_response(
            credential=signature.assertion,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            credential_public_key=holder.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise AssertionInvalid(f"the passkey signature of {holder.name} does not fit what was decided") from error
