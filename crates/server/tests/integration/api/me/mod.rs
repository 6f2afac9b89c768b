mod change_password;
mod read;
