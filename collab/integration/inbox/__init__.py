"""The door for partners' messages: kept raw first, then read, checked and handed to an area."""
