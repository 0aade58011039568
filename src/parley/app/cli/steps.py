"""Lets a command of the server add a step of the operator to a tool that other people run on their machines."""

from __future__ import annotations

import argparse


def steps_of(parser: argparse.ArgumentParser) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    """Give the sub-commands that a tool has declared on its parser."""
    return next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
