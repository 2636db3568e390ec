package httpapi

import (
	"github.com/go-json-experiment/json/jsontext"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

// renderTemplate fills in a template.
//
//	@Summary	Fill in a template
//	@Description	Answers the text with the values in their places, in one pass: what a value holds is never expanded. A placeholder without a value is refused. With it comes what an account of each type would send, or the capability that it lacks. Nothing is sent, and nothing changes.
//	@Tags		templates
//	@Param		id		path		string				true	"The template's id"
//	@Param		body	body		v1.TemplateRender	true	"The values"
//	@Success	200		{object}	v1.RenderedTemplate
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/templates/{id}/render [post]
func (a *api) renderTemplate(in *call) (reply, error) {
	var sent v1.TemplateRender
	if err := decode(in.body, &sent); err != nil {
		return reply{}, err
	}
	values, err := parametersOf(jsontext.Value(sent.Parameters))
	if err != nil {
		return reply{}, err
	}
	r, all, err := a.Templates.Render(in.ctx, in.caller.Site, in.Param("id"), values)
	if err != nil {
		return reply{}, err
	}
	out := v1.RenderedTemplate{Text: r.Text(), Header: unlessEmpty(r.Header), Body: r.Body, Footer: unlessEmpty(r.Footer), Providers: make([]v1.RenderedFor, len(all))}
	for i, one := range all {
		out.Providers[i] = v1.RenderedFor{
			AccountType: string(one.Type), OK: one.Message != nil, Message: one.Message, Capability: unlessEmpty(string(one.Lack)), Detail: unlessEmpty(one.Detail),
		}
	}
	return ok(out)
}

// parametersOf reads values: a list in the order of the placeholders, or an object by their keys.
func parametersOf(raw jsontext.Value) (p template.Parameters, err error) {
	const at = "/parameters"
	switch raw.Kind() {
	case '[':
		p.InOrder = []string{}
		err = decodeAt(at, raw, &p.InOrder)
	case '{':
		err = decodeAt(at, raw, &p.ByKey)
	case 'n':
		err = fault.Fields{{Pointer: at, Code: "invalid_value", Detail: "parameters cannot be null. Leave it out when there are none."}}.Err()
	default:
		if len(raw) > 0 {
			err = unreadable(at, "wrong_type", "A JSON "+kindOf(raw.Kind())+" cannot stand here.", "Send a list of strings, or an object of strings.")
		}
	}
	return p, err
}
