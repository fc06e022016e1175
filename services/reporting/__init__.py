"""reporting: questions over what every service has announced."""
