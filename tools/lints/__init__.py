"""Rules of this code base that ruff, mypy and import-linter cannot know.

Each is a function from a text to its complaints. tests/architecture runs them on every tracked file
and shows on a bad sample that they complain. A line escapes a rule by naming it and saying why, on
itself or on the line above:

    connection.execute(statement)  # scope: escaped, because migrations see every row
"""
