-- The guestbook. Entries are only ever added, and read newest first by id.
create table entries (
  id bigint generated always as identity primary key,
  name text not null,
  message text not null,
  created_at timestamptz not null default now()
);
