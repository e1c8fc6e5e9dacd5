"""MQTT and Sparkplug B as plain rules: topics, payloads, sessions, passwords; no Django."""
