"""Parts that pages and apps share: icons, cards, small building blocks."""
