variable "names" {
  type        = set(string)
  description = "Names of the repositories, <project>/<service>."
  nullable    = false

  validation {
    condition     = alltrue([for name in var.names : can(regex("^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$", name)) && length(name) >= 2 && length(name) <= 256])
    error_message = "names must be repository names of lower-case letters and digits, with single . _ - / between them."
  }
}

variable "force_delete" {
  type        = bool
  description = "Delete a repository together with its images."
  default     = false
  nullable    = false
}

variable "temporary_days" {
  type        = number
  description = "Days that images with a temporary tag are kept. Must exceed the longest life of a preview."
  default     = 30
  nullable    = false

  validation {
    condition     = var.temporary_days >= 1 && floor(var.temporary_days) == var.temporary_days
    error_message = "temporary_days must be a whole number from 1."
  }
}

variable "temporary_tag_prefixes" {
  type        = list(string)
  description = "Tags of images that may expire; under cache- is what builds start from. Images under any other tag are kept for ever: a pinned environment refers to them by digest."
  default     = ["pr-", "preview-", "cache-"]
  nullable    = false

  validation {
    condition     = alltrue([for prefix in var.temporary_tag_prefixes : can(regex("^[A-Za-z0-9_][A-Za-z0-9._-]*$", prefix))])
    error_message = "temporary_tag_prefixes must be beginnings of image tags."
  }
}

variable "untagged_days" {
  type        = number
  description = "Days that untagged images are kept."
  default     = 7
  nullable    = false

  validation {
    condition     = var.untagged_days >= 1 && floor(var.untagged_days) == var.untagged_days
    error_message = "untagged_days must be a whole number from 1."
  }
}
