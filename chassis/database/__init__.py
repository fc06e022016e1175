"""PostgreSQL: engine, unit of work, the tables every service has, migrations."""
