"""The process that takes devices' messages from an MQTT broker, and says so on the health page."""
