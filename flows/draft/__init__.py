"""出稿: facts → sentences → the Word draft."""
