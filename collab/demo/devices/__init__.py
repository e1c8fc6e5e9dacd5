"""Thousands of devices in one process: they measure, publish over MQTT or HTTPS, and misbehave."""
