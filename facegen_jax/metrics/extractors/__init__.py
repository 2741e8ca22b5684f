"""Feature extractors behind one small interface: `extractor.Extractor`."""
