package whatsapptest

// phoneNode shows a number as Graph does.
func (m *Meta) phoneNode(b *business, p *phone) node {
	callbacks := object{}.with("phone_number", p.override)
	for _, app := range b.Apps {
		callbacks = callbacks.with("whatsapp_business_account", b.overrides[app])
		for _, a := range m.apps {
			if a.ID == app {
				callbacks = callbacks.with("application", a.Callback)
			}
		}
	}
	return node{"WhatsAppBusinessPhoneNumber", object{
		{"verified_name", p.VerifiedName},
		{"code_verification_status", or(p.VerificationStatus, "VERIFIED")},
		{"display_phone_number", p.DisplayNumber},
		{"quality_rating", or(p.Quality, "GREEN")},
		{"platform_type", "CLOUD_API"},
		{"throughput", object{{"level", "STANDARD"}}},
		{"webhook_configuration", callbacks},
		{"name_status", or(p.NameStatus, "APPROVED")},
		{"status", p.status()},
		{"account_mode", "LIVE"},
		{"is_official_business_account", false},
		{"whatsapp_business_manager_messaging_limit", or(p.MessagingLimit, "TIER_250")},
		{"messaging_limit_tier", or(p.MessagingLimit, "TIER_250")},
		{"health_status", p.health()},
		{"last_onboarded_time", nil}, {"certificate", nil}, {"new_name_status", nil}, {"is_pin_enabled", true}, {"country_dial_code", nil},
		{"id", p.ID},
	}, []string{"verified_name", "code_verification_status", "display_phone_number", "quality_rating", "platform_type", "throughput", "webhook_configuration"}}
}

func (p *phone) status() string { return or(p.Status, "CONNECTED") }

// sends reports whether a number in this state sends.
func (p *phone) sends() bool { return p.status() == "CONNECTED" || p.status() == "FLAGGED" }

func (p *phone) health() object {
	can := "AVAILABLE"
	if !p.sends() {
		can = "BLOCKED"
	}
	return object{{"can_send_message", can}, {"entities", []object{{{"entity_type", "PHONE_NUMBER"}, {"id", p.ID}, {"can_send_message", can}}}}}
}

func (m *Meta) readPhone(c graphCall, token Token) reply {
	m.world.Lock()
	defer m.world.Unlock()
	b, p, missing := m.phoneFor(c, token)
	if missing != nil {
		return missing.reply()
	}
	return m.phoneNode(b, p).read(c.query.Get("fields"))
}

func (m *Meta) listPhones(c graphCall, token Token) reply {
	m.world.Lock()
	defer m.world.Unlock()
	b, missing := m.businessFor(c, token)
	if missing != nil {
		return missing.reply()
	}
	var nodes []node
	for _, p := range b.phones {
		nodes = append(nodes, m.phoneNode(b, p))
	}
	return pageOf(c, nodes)
}

// configurePhone sets or clears the callback override of a number.
func (m *Meta) configurePhone(c graphCall, token Token) reply {
	settings := c.params.object("webhook_configuration")
	uri := settings.text("override_callback_uri")
	if refused := m.checkOverride(c, uri, settings.text("verify_token")); refused != nil {
		return refused.reply()
	}
	m.world.Lock()
	defer m.world.Unlock()
	_, p, missing := m.phoneFor(c, token)
	if missing != nil {
		return missing.reply()
	}
	p.override = uri
	return success()
}

func (m *Meta) readBusiness(c graphCall, token Token) reply {
	m.world.Lock()
	defer m.world.Unlock()
	b, missing := m.businessFor(c, token)
	if missing != nil {
		return missing.reply()
	}
	return node{"WhatsAppBusinessAccount", object{
		{"id", b.ID}, {"name", b.Name}, {"timezone_id", "1"}, {"message_template_namespace", "b10b0b0b_0000_4000_8000_000000000001"},
		{"account_review_status", or(b.ReviewStatus, "APPROVED")}, {"business_verification_status", "verified"}, {"country", "GB"},
		{"ownership_type", "SELF"}, {"currency", "USD"}, {"status", "ACTIVE"}, {"health_status", nil}, {"owner_business_info", nil},
		{"on_behalf_of_business_info", nil}, {"primary_funding_id", nil}, {"is_enabled_for_insights", false},
	}, []string{"id", "name", "timezone_id", "message_template_namespace"}}.read(c.query.Get("fields"))
}

// SetPhone changes a number: change gets it as it is. It reports whether there is one with this id.
func (m *Meta) SetPhone(phoneID string, change func(*Phone)) bool {
	m.world.Lock()
	defer m.world.Unlock()
	_, p := m.phone(phoneID)
	if p == nil {
		return false
	}
	change(&p.Phone)
	p.ID = phoneID
	return true
}
