"""What happens in a night: intake 收表, summary 汇总, draft 出稿; and the operator's verbs."""
