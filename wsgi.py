"""The WSGI entry: `gunicorn wsgi:app`."""

import os

from api import create_app
from spd.core import heap
from spd.core.settings import Settings

app = create_app(Settings.from_environ(os.environ))
heap.settle()
