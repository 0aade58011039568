"""Keeps search and chats safe: reports, classification, review by people, decisions, statements, appeals."""
