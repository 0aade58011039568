"""Banks of known media by exact hash; they ship empty and an operator imports lists."""
