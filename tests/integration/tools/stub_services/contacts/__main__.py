"""A service that uses its database and its broker once, then waits to be stopped."""

import os
import pathlib
import signal
import time

import pika
import psycopg


def main(arguments: list[str]) -> int:
    """Run `migrate` or `run` as a real service would."""
    with psycopg.connect(os.environ["WASL_DATABASE_URL"]) as connection:
        if arguments == ["migrate"]:
            connection.execute("CREATE TABLE IF NOT EXISTS lives (pid int)")
            return 0
        connection.execute("INSERT INTO lives VALUES (%s)", [os.getpid()])
    pika.BlockingConnection(pika.URLParameters(os.environ["WASL_BROKER_URL"])).close()
    pathlib.Path(os.environ["WASL_LISTEN"].removeprefix("unix:")).touch()
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    while not stopped:
        time.sleep(0.05)
    print("contacts stopped in peace")
    return 0
