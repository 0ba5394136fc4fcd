"""Which tests protect what."""
