"""The WSGI application: `gunicorn app:server`, or `python app.py`; H5NUVOLA_CONFIG names the settings file."""

from h5nuvola.settings import Settings

if __name__ == "__main__":
    from h5nuvola.cli import main

    main(["serve"])
else:
    from h5nuvola.main import create_app

    server = create_app(Settings.load()).server
