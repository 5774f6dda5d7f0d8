-- What a fresh preview shows. Runs once, in one transaction; production never sees it.
insert into entries (name, message, created_at) values
  ('Ada', 'First! This database did not exist five minutes ago.', now() - interval '3 hours'),
  ('Grace', 'Found the bug. It was a moth again, but at least it was only in the preview.', now() - interval '80 minutes'),
  ('Linus', 'Works on my machine. And, as of this pull request, on everyone else''s too.', now() - interval '12 minutes');
