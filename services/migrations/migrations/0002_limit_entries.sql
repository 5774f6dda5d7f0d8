-- The limits that the API promises hold for whoever else writes here.
alter table entries
  add constraint entries_name_length check (char_length(name) between 1 and 60),
  add constraint entries_message_length check (char_length(message) between 1 and 500);
