mod everywhere;
mod here;
