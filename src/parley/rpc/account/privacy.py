"""Privacy settings between Telegram's constructors and the messenger's rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from parley.core.ids import AccountId
from parley.messenger.accounts.model import PrivacyRule, PrivacyRuleKind, PrivacySubject
from parley.messenger.errors import BadRequest
from parley.rpc.context import Context
from parley.rpc.convert import settings as convert_settings
from parley.rpc.peers import resolve_user, users
from parley.rpc.registry import method
from parley.tl import functions, types

_SUBJECTS = {
    "inputPrivacyKeyPhoneP2P": PrivacySubject.PHONE_P2P,
    **{
        "inputPrivacyKey" + "".join(word.capitalize() for word in subject.value.split("_")): subject
        for subject in PrivacySubject
    },
}
_KINDS = {
    "inputPrivacyValueAllowContacts": PrivacyRuleKind.ALLOW_CONTACTS,
    "inputPrivacyValueAllowAll": PrivacyRuleKind.ALLOW_ALL,
    "inputPrivacyValueAllowUsers": PrivacyRuleKind.ALLOW_USERS,
    "inputPrivacyValueDisallowContacts": PrivacyRuleKind.DISALLOW_CONTACTS,
    "inputPrivacyValueDisallowAll": PrivacyRuleKind.DISALLOW_ALL,
    "inputPrivacyValueDisallowUsers": PrivacyRuleKind.DISALLOW_USERS,
}


@method("account.getPrivacy")
async def get_privacy(ctx: Context, request: functions.account.GetPrivacy) -> types.account.PrivacyRules:
    """Give the rules of one subject."""
    return await _shown(ctx, await ctx.services.privacy.get(ctx.me, _subject(request.key)))


@method("account.setPrivacy")
async def set_privacy(ctx: Context, request: functions.account.SetPrivacy) -> types.account.PrivacyRules:
    """Replace the rules of one subject."""
    rules = [_read(ctx, given) for given in request.rules]
    await ctx.services.privacy.set(ctx.me, _subject(request.key), rules, origin=ctx.session)
    return await _shown(ctx, rules)


def _subject(key: Any) -> PrivacySubject:
    subject = _SUBJECTS.get(key.TL_NAME)
    if subject is None:
        raise BadRequest("PRIVACY_KEY_INVALID")
    return subject


def _read(ctx: Context, given: Any) -> PrivacyRule:
    kind = _KINDS.get(given.TL_NAME)
    if kind is None:
        raise BadRequest("PRIVACY_VALUE_INVALID")
    named = getattr(given, "users", ())
    return PrivacyRule(kind, frozenset(resolve_user(ctx, user) for user in named))


async def _shown(ctx: Context, rules: Iterable[PrivacyRule]) -> types.account.PrivacyRules:
    rules = list(rules)
    named: set[AccountId] = set()
    for rule in rules:
        named |= rule.users
    return types.account.PrivacyRules(
        rules=convert_settings.privacy_rules(rules), chats=[], users=await users(ctx, named)
    )
