"""Search: people, public channels and public posts, and one's own chats."""
