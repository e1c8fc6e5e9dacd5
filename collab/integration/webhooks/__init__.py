"""Tell others' systems: signed (Standard Webhooks), guarded, tried again, at last given up."""
