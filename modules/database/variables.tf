variable "admin_function_name" {
  type        = string
  description = "Name of the database-admin function of the instance."
  nullable    = false
}

variable "host" {
  type        = string
  description = "Host name of the instance."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the database, <project>_<environment> with underscores for hyphens."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.name)) && !contains(["postgres", "rdsadmin", "template0", "template1"], var.name)
    error_message = "name must be 1 to 63 lower-case letters, digits and underscores, start with a letter, and not be a database of the system."
  }
}

variable "password" {
  type        = string
  description = "Password of the role: ephemeral, only ever in a write-only argument. Letters and digits, since it also stands in a URL."
  sensitive   = true
  ephemeral   = true
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9]{16,128}$", var.password))
    error_message = "password must be 16 to 128 letters and digits."
  }
}

variable "role" {
  type        = string
  description = "Name of the login role. The function makes <role>_owner beside it."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,56}$", var.role)) && !startswith(var.role, "pg_")
    error_message = "role must be 1 to 57 lower-case letters, digits and underscores (<role>_owner must fit 63), start with a letter, and not with pg_."
  }
}

variable "secret_name" {
  type        = string
  description = "Name of the secret with username, password and url, <project>/<environment>/database."
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9/_+=.@-]{1,500}$", var.secret_name))
    error_message = "secret_name must be 1 to 500 letters, digits and / _ + = . @ -."
  }
}

variable "password_version" {
  type        = number
  description = "Number of the password. Raising it writes a new one to the secret and has the function set it."
  default     = 1
  nullable    = false

  validation {
    condition     = var.password_version >= 1 && floor(var.password_version) == var.password_version
    error_message = "password_version must be a whole number from 1."
  }
}

variable "port" {
  type        = number
  description = "Port that the instance listens on."
  default     = 5432
  nullable    = false

  validation {
    condition     = var.port >= 1 && var.port <= 65535
    error_message = "port must be 1 to 65535."
  }
}

variable "recovery_window_in_days" {
  type        = number
  description = "Days that the deleted secret can be restored, 7 to 30; 0 deletes it at once and frees its name."
  default     = 0
  nullable    = false

  validation {
    condition     = var.recovery_window_in_days == 0 || (var.recovery_window_in_days >= 7 && var.recovery_window_in_days <= 30)
    error_message = "recovery_window_in_days must be 0, or 7 to 30."
  }
}
