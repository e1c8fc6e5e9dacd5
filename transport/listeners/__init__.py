"""What the transport app does when others tell it something."""
