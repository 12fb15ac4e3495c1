"""Prints as JSON what Python's email package makes of the notification in a file."""
import email
import email.policy
import json
import sys

with open(sys.argv[1], "rb") as file:
    message = email.message_from_binary_file(file, policy=email.policy.default)
parts = list(message.iter_parts())
print(json.dumps({
    "type": message.get_content_type(),
    "report": message["Content-Type"].params["report-type"],
    "from": str(message["From"]),
    "to": str(message["To"]),
    "auto": str(message["Auto-Submitted"]),
    "reply": str(message["In-Reply-To"]),
    "parts": [part.get_content_type() for part in parts],
    "recipient": dict(parts[1].get_payload()[1].items()),
    "original": parts[2].get_payload(),
    "defects": [str(defect) for part in message.walk() for defect in part.defects],
}))
