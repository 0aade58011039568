"""What the legal desk's pages need of the legal room."""

from __future__ import annotations

from dataclasses import dataclass

from parley.legal.analysis.service import Analysis
from parley.legal.authorities.service import Authorities
from parley.legal.disclosure.door import CustodianDoor
from parley.legal.disclosure.giving_up import GivingsUp
from parley.legal.disclosure.handover import Handover
from parley.legal.disclosure.service import Releases
from parley.legal.notices.service import Notices
from parley.legal.orders.decisions import Decisions
from parley.legal.orders.emergencies import Emergencies
from parley.legal.orders.preservation import Preservations
from parley.legal.orders.service import Orders
from parley.legal.vault.service import Vault
from parley.storage.database import Database


@dataclass(frozen=True, slots=True)
class LegalServices:
    """The services; `database` is that of the duty `legal`, for reading the audit trail."""

    database: Database
    authorities: Authorities
    orders: Orders
    analysis: Analysis
    decisions: Decisions
    releases: Releases
    handover: Handover
    notices: Notices
    vault: Vault
    door: CustodianDoor
    preservations: Preservations
    emergencies: Emergencies
    givings_up: GivingsUp
