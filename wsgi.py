"""The WSGI entry: `gunicorn wsgi:app`."""

import os

from spd.core import heap
from spd.core.settings import Settings

with heap.loading():
    from api import create_app

    app = create_app(Settings.from_environ(os.environ))
heap.settle()
