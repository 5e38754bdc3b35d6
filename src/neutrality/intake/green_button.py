"""Green Button (ESPI) XML, as utilities publish intervals."""
