"""People of the operator: who they are, their roles, their passkeys and their sessions."""
