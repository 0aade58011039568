"""The authority portal: officers enrol, file orders signed with their passkey, and fetch sealed deliveries."""
