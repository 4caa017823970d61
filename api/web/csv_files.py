"""How a CSV file is handed over: as a download under a name of ours, with the id of its export."""

from flask import Response

from api.domain.exports import Watermark

CSV = "text/csv"
EXPORT_ID = {
    "X-Export-Id": {
        "description": "Names this file in the audit trail, and in the file's last row.",
        "schema": {"type": "string", "format": "uuid"},
    }
}


def csv_file(content: bytes, name: str, mark: Watermark) -> Response:
    answer = Response(content, mimetype=CSV)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["X-Export-Id"] = str(mark.export_id)
    return answer
