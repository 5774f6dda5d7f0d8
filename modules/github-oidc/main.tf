locals {
  issuer       = "token.actions.githubusercontent.com"
  provider_arn = var.provider_arn != null ? var.provider_arn : aws_iam_openid_connect_provider.this[0].arn

  # A path of their own: no pattern for the names of a project's other roles takes these in.
  path = "/devtool/"

  # By the GitHub environment that a job must name to be given the role.
  roles = {
    preview-apply    = { environment = "preview", boundary = true }
    preview-teardown = { environment = "preview-teardown", boundary = true }
    preview-sweep    = { environment = "preview-sweep", boundary = true }
    production-plan  = { environment = "production-plan", boundary = false }
    production-apply = { environment = "production", boundary = false }
  }

  owner      = split("/", var.repository.name)[0]
  repository = split("/", var.repository.name)[1]
  subject = {
    immutable = "repo:${local.owner}@${var.repository.owner_id}/${local.repository}@${var.repository.id}"
    classic   = "repo:${local.owner}/${local.repository}"
  }[var.repository.subject]

  # The immutable subject holds the ids. The classic one holds names, which another account may have after a rename: there the ids
  # have to stand beside it.
  ids = var.repository.subject == "immutable" ? {} : {
    "${local.issuer}:repository_id"       = tostring(var.repository.id)
    "${local.issuer}:repository_owner_id" = tostring(var.repository.owner_id)
  }
}

# AWS takes no thumbprint for GitHub: it knows the authorities. An account has one provider for a URL, whatever the number of projects.
resource "aws_iam_openid_connect_provider" "this" {
  count = var.provider_arn == null ? 1 : 0

  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]

  tags = { Name = local.issuer }
}

resource "aws_iam_role" "this" {
  for_each = local.roles

  name                 = "${var.project}-${each.key}"
  path                 = local.path
  description          = "Jobs of ${var.repository.name} in the GitHub environment ${each.value.environment}"
  max_session_duration = 7200
  permissions_boundary = each.value.boundary ? aws_iam_policy.preview_boundary.arn : null

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = local.provider_arn }
      Condition = {
        StringEquals = merge(local.ids, {
          "${local.issuer}:aud" = "sts.amazonaws.com"
          "${local.issuer}:sub" = "${local.subject}:environment:${each.value.environment}"
        })
      }
    }]
  })

  tags = { Name = "${var.project}-${each.key}" }
}
