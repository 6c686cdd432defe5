"""The phone in the terminal: full-screen, or plain for scripts; both can record what they do as a conversation."""
