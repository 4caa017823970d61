"""What people are handed: QR codes, documents, calendars. Values in, bytes out."""
