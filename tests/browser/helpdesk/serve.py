"""Makes the site's data, prints one JSON line with its address, then serves until it is ended."""

import json
import os
import sys
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

import django  # noqa: E402

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.staticfiles.handlers import StaticFilesHandler  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from helpdesk.models import Queue, Ticket  # noqa: E402


class Quiet(WSGIRequestHandler):
    """Requests are not the test's output."""

    def log_message(self, *_):
        pass


def main():
    call_command("migrate", verbosity=0)
    get_user_model().objects.create_superuser("mia", "mia@example.org", "mia")
    queue = Queue.objects.create(title="Care", slug="care")
    ticket = Ticket.objects.create(
        title="Parcel missing", queue=queue, submitter_email="ana@example.org", description="Third week without it."
    )
    server = make_server("127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), handler_class=Quiet)
    origin = f"http://127.0.0.1:{server.server_port}"
    print(json.dumps({"origin": origin, "login": f"{origin}/login/", "ticket": f"{origin}/tickets/{ticket.id}/"}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
