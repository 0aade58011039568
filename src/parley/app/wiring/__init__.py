"""Puts the rooms together: every port is filled here, and nowhere else does one room meet another sideways."""
