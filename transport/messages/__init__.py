"""Messages of partners' systems about transport, read and written."""
