"""Import of CSV and XLSX files into any resource: upload, plan, batches."""
