"""Tables in files of any size, read and written as streams: CSV, TSV and XLSX."""
