"""Appeals: six months, decided by a person who did not decide before."""
