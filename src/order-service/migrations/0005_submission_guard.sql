-- Whether a submission no longer guards once its order is cancelled. False for rows of the version before, whose window may still be open.
ALTER TABLE submissions ADD COLUMN until_cancelled boolean NOT NULL DEFAULT false;
