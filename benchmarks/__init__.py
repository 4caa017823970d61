"""Programs that measure: each prints ratios of one run, because absolute numbers belong to a machine."""
