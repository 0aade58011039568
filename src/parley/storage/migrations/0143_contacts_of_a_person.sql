-- Whoever keeps a person as a contact hears when the person comes or goes.

CREATE INDEX contacts_of_a_person ON messenger.contacts (contact_id);
