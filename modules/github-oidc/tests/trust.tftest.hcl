mock_provider "aws" {
  source = "../testing/aws"

  override_resource {
    target = aws_iam_openid_connect_provider.this
    values = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
  }
}

variables {
  project                         = "shop"
  region                          = "us-east-1"
  account_id                      = "123456789012"
  state_bucket                    = "shop-devtool-123456789012-us-east-1"
  repository                      = { name = "acme/shop", id = 1296269, owner_id = 9919, subject = "immutable" }
  cluster_arn                     = "arn:aws:ecs:us-east-1:123456789012:cluster/shop-platform"
  execution_role_arn              = "arn:aws:iam::123456789012:role/shop-platform-execution"
  task_role_arn                   = "arn:aws:iam::123456789012:role/shop-platform-task"
  log_group_arn                   = "arn:aws:logs:us-east-1:123456789012:log-group:/devtool/shop-platform"
  load_balancer_security_group_id = "sg-1"
  private_subnet_ids              = ["subnet-1", "subnet-2"]
  public_subnet_ids               = ["subnet-3", "subnet-4"]
  pinned                          = { production = { prefix = "shop-production", host = "shop.example.com" } }
}

run "immutable_subject" {
  assert {
    condition     = toset(keys(output.role_arns)) == toset(["preview-apply", "preview-teardown", "preview-sweep", "production-plan", "production-apply"])
    error_message = "five roles"
  }

  assert {
    condition = { for name, role in aws_iam_role.this : name => jsondecode(role.assume_role_policy).Statement[0].Condition } == {
      for name, environment in {
        preview-apply    = "preview"
        preview-teardown = "preview-teardown"
        preview-sweep    = "preview-sweep"
        production-plan  = "production-plan"
        production-apply = "production"
        } : name => {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub" = "repo:acme@9919/shop@1296269:environment:${environment}"
        }
      }
    }
    error_message = "each trusts exactly the jobs of its environment"
  }

  assert {
    condition     = alltrue([for role in aws_iam_role.this : role.path == "/devtool/" && role.max_session_duration == 7200])
    error_message = "for two hours, below a path of their own"
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.this) == 1 && output.provider_arn == aws_iam_openid_connect_provider.this[0].arn
    error_message = "the provider is made"
  }

  assert {
    condition     = [for name, role in aws_iam_role.this : name if role.permissions_boundary == aws_iam_policy.preview_boundary.arn] == ["preview-apply", "preview-sweep", "preview-teardown"]
    error_message = "the roles of previews are bounded"
  }

  assert {
    condition     = length(aws_iam_policy.shared) == 2 && !contains(keys(aws_iam_policy.shared), "dedicated")
    error_message = "pull requests make no networks unless it is asked for"
  }
}

run "classic_subject" {
  command = plan

  variables {
    repository   = { name = "acme/shop", id = 1296269, owner_id = 9919, subject = "classic" }
    provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  }

  assert {
    condition = jsondecode(aws_iam_role.this["production-apply"].assume_role_policy).Statement[0].Condition == {
      StringEquals = {
        "token.actions.githubusercontent.com:aud"                 = "sts.amazonaws.com"
        "token.actions.githubusercontent.com:sub"                 = "repo:acme/shop:environment:production"
        "token.actions.githubusercontent.com:repository_id"       = "1296269"
        "token.actions.githubusercontent.com:repository_owner_id" = "9919"
      }
    }
    error_message = "names may change hands: the ids stand beside them"
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.this) == 0 && output.provider_arn == var.provider_arn
    error_message = "the account's provider is used"
  }
}

run "dedicated_previews" {
  variables { dedicated_previews = true }

  assert {
    condition     = aws_iam_role_policy_attachment.shared["preview-apply dedicated"].policy_arn == aws_iam_policy.shared["dedicated"].arn
    error_message = "preview-apply alone may make networks"
  }

  assert {
    condition     = [for key in keys(aws_iam_role_policy_attachment.shared) : key if endswith(key, " dedicated")] == ["preview-apply dedicated"]
    error_message = "no other role may"
  }
}

run "many_pinned_environments" {
  command = plan

  variables {
    pinned = { for index in range(30) : "pinned-${index}" => { prefix = "shop-pinned-${index}", host = "pinned-${index}.example.com" } }
  }

  expect_failures = [aws_iam_role_policy.this, aws_iam_policy.shared]
}

run "no_pinned_environment" {
  command = plan
  variables { pinned = {} }
  expect_failures = [var.pinned]
}

run "pinned_environment_of_another_project" {
  command = plan
  variables { pinned = { production = { prefix = "blog-production" } } }
  expect_failures = [var.pinned]
}

run "repository_with_a_wildcard" {
  command = plan
  variables { repository = { name = "acme/*", id = 1, owner_id = 1, subject = "immutable" } }
  expect_failures = [var.repository]
}

run "subject_of_another_form" {
  command = plan
  variables { repository = { name = "acme/shop", id = 1, owner_id = 1, subject = "any" } }
  expect_failures = [var.repository]
}

run "repository_without_an_id" {
  command = plan
  variables { repository = { name = "acme/shop", id = 0, owner_id = 1, subject = "immutable" } }
  expect_failures = [var.repository]
}

run "provider_of_another_issuer" {
  command = plan
  variables { provider_arn = "arn:aws:iam::123456789012:oidc-provider/gitlab.com" }
  expect_failures = [var.provider_arn]
}

run "cluster_with_a_wildcard" {
  command = plan
  variables { cluster_arn = "arn:aws:ecs:us-east-1:123456789012:cluster/*" }
  expect_failures = [var.cluster_arn]
}
