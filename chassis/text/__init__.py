"""Names, phones and e-mail addresses of people who write in Arabic, Persian and Latin letters."""
