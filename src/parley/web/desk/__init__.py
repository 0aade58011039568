"""The staff desk's own pages: enrolment, sign-in, home, one's passkeys and sessions, the list of people."""
