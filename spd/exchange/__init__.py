"""Files in and out: tables as hospitals save them, reference data, exports of other systems."""
