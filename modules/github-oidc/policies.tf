locals {
  # Each role's own.
  policies = {
    preview-apply    = concat(local.preview_common, local.preview_create)
    preview-teardown = local.preview_common

    # Compares records with pull requests, says what it would do, and notes when it was.
    preview-sweep = [
      local.list_bucket,
      { Sid = "ReadRegistry", Effect = "Allow", Action = "s3:GetObject", Resource = "${local.bucket}/registry/*" },
      { Sid = "NoteSweep", Effect = "Allow", Action = "s3:PutObject", Resource = "${local.bucket}/registry/sweep.json" },
      { Sid = "FindLeaks", Effect = "Allow", Action = "tag:GetResources", Resource = "*" },
    ]

    production-plan  = local.production_plan
    production-apply = local.production_apply
  }

  # What several have, or what would be too long for them.
  shared = {
    look       = { roles = ["preview-apply", "preview-teardown", "production-plan", "production-apply"], statements = [local.look] }
    production = { roles = ["production-apply"], statements = local.production_make }
    dedicated  = { roles = ["preview-apply"], statements = local.preview_dedicated }
  }
  used = [for name in keys(local.shared) : name if name != "dedicated" || var.dedicated_previews]

  attachments = merge([for name in local.used : { for role in local.shared[name].roles : "${role} ${name}" => { role = role, policy = name } }]...)
  too_long    = "A policy of AWS may not be that long: name fewer pinned environments, or split the project."
}

resource "aws_iam_role_policy" "this" {
  for_each = local.policies

  name   = "work"
  role   = aws_iam_role.this[each.key].id
  policy = jsonencode({ Version = "2012-10-17", Statement = each.value })

  lifecycle {
    precondition {
      condition     = length(jsonencode(each.value)) <= 10200
      error_message = local.too_long
    }
  }
}

resource "aws_iam_policy" "shared" {
  for_each = toset(local.used)

  name        = "${var.project}-${each.key}"
  path        = local.path
  description = "Part of what workflows of ${var.repository.name} may do"
  policy      = jsonencode({ Version = "2012-10-17", Statement = local.shared[each.key].statements })

  tags = { Name = "${var.project}-${each.key}" }

  lifecycle {
    precondition {
      condition     = length(jsonencode(local.shared[each.key].statements)) <= 6100
      error_message = local.too_long
    }
  }
}

resource "aws_iam_role_policy_attachment" "shared" {
  for_each = local.attachments

  role       = aws_iam_role.this[each.value.role].name
  policy_arn = aws_iam_policy.shared[each.value.policy].arn
}
