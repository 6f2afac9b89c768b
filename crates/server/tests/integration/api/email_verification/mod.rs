mod ask;
mod confirm;
