"""The forms there are, and what people read before they fill them in."""

from gateway.pages import to_html
from gateway.pages.forms import Field, Form

_ADDRESS = Field(
    name="email",
    label="E-mail address",
    kind="email",
    autocomplete="email",
    hint="The one you sign in with.",
)

FORGOT = Form(
    title="Forgot your password?",
    action="/account/forgot",
    intro=to_html(
        "Your user name is your e-mail address. A link to choose a new password is mailed to it. "
        "If you cannot read that mailbox any more, [write to support](/contact)."
    ),
    fields=(_ADDRESS,),
    button="Mail me a link",
)

_NEW_PASSWORD = (
    Field(
        name="password",
        label="New password",
        kind="password",
        longest=128,
        autocomplete="new-password",
        hint="A few words that you remember and nobody guesses. Professionals and clinics need at least "
        "15 characters, or 8 with a second factor; patients at least 8.",
    ),
    Field(
        name="again",
        label="The same once more",
        kind="password",
        longest=128,
        autocomplete="new-password",
    ),
)

RESET = Form(
    title="Choose a new password",
    action="/account/reset",
    intro=to_html(
        """
When you set it, every device is signed out and your calendar feeds end. Passkeys and the authenticator app
are removed if they were added since you last proved this address, because somebody else may have added them.
"""
    ),
    fields=(
        *_NEW_PASSWORD,
        Field(
            name="code",
            label="A code from your authenticator app, if you want to keep the app",
            longest=30,
            required=False,
            autocomplete="one-time-code",
            hint="Or a recovery code. Leave this empty if you have no app or lost it.",
        ),
    ),
    hidden=("token", "device_id"),
    button="Set the password",
)

REGISTRATION = Form(
    title="Create your account",
    action="/account/registration",
    intro=to_html(
        """
Somebody, we hope you, registered for HealthConnect with this address. Choose a password to create the
account. It replaces the password that was chosen in the app.

If it wasn't you, close this page: no account is created.
"""
    ),
    fields=_NEW_PASSWORD,
    hidden=("token",),
    button="Create my account",
)

DELETE = Form(
    title="Delete your account",
    action="/account/delete",
    intro=to_html(
        """
You can ask for it here or in the app.

1. A link to confirm is mailed to you. Nothing happens before you confirm.
2. Once you confirm, the account is **closed**: you are signed out everywhere and cannot sign in.
3. The mail that follows holds a link to change your mind, as long as the account is not erased: 7 days,
   unless the page that confirms it says otherwise.
4. Then the account is **erased**: what you wrote and who you are. Open requests and visits are cancelled.

[What is erased, what is kept, and why](/pages/account-deletion)
"""
    ),
    fields=(_ADDRESS,),
    button="Mail me a link",
)

CONFIRM_DELETION = Form(
    title="Delete your account?",
    action="/account/deletion",
    intro=to_html(
        """
If you confirm, you are signed out everywhere and the account is closed. After a time in which you can change
your mind, it is erased. Your open requests and visits are cancelled at once, and stay cancelled if you change
your mind. Erased data cannot be brought back.

Deleting your account is free. If cancelling a visit now costs a fee, you owe that fee. You still owe late
fees that you agreed to before.

[What is erased, what is kept, and why](/pages/account-deletion)
"""
    ),
    hidden=("token",),
    button="Delete my account",
)

KEEP = Form(
    title="Keep your account?",
    action="/account/keep",
    intro=to_html("Your account is closed and waits to be erased. If you keep it, nothing is erased."),
    hidden=("token",),
    button="Keep my account",
)

ADDRESS = Form(
    title="Restore your old address?",
    action="/account/address",
    intro=to_html(
        "The address of your account was changed. If it wasn't you, restore the old one. That signs out "
        "every device and ends your password, and we mail a link to choose a new one to the old address."
    ),
    hidden=("token",),
    button="Restore my address",
)

KEEP_FACTORS = Form(
    title="Keep your second factor?",
    action="/account/factors",
    intro=to_html(
        "Somebody told support that you lost your authenticator app, and support is waiting to remove it. "
        "If it wasn't you, keep the app. Then set a new password, because somebody may know yours."
    ),
    hidden=("token",),
    button="Keep my second factor",
)

INVITATION = to_html(
    """
1. Open the HealthConnect app, and sign in with the e-mail address this invitation was mailed to. If it has no
   account yet, register with it.
2. Sign in as **clinic** to work at the front desk, or as **professional** if you were invited as one.
3. Choose to join a clinic, and enter the code below. If your account has another address, ask the clinic to
   withdraw this invitation and invite that address instead.
"""
)

CONTACT = Form(
    title="Contact support",
    action="/contact",
    intro=to_html(
        """
**Please do not send emergency, medical, or highly sensitive health information.** Support cannot help with
your health, and does not pass messages on to your professional or clinic: reach them by the telephone number
or address on their card.

What to look at before you write: [contact guidance](/pages/contact).
"""
    ),
    fields=(
        Field(
            name="topic",
            label="What is it about?",
            choices={
                "support": "Something does not work",
                "account": "My account, or signing in",
                "professional_access": "Access as a professional",
                "clinic_workflow": "Work in a clinic",
                "feedback": "Feedback",
                "other": "Something else",
            },
        ),
        Field(
            name="role",
            label="Who are you?",
            choices={
                "patient": "Patient",
                "professional": "Professional",
                "clinic": "Clinic team",
                "visitor": "I have no account",
            },
        ),
        Field(
            name="device_type",
            label="Which device?",
            choices={
                "iphone": "iPhone or iPad",
                "android": "Android",
                "web": "A browser",
                "other": "Another one",
            },
        ),
        Field(name="app_version", label="App version, if you know it", longest=40, required=False),
        Field(
            name="email",
            label="Your e-mail address",
            kind="email",
            autocomplete="email",
            hint="The answer is sent there.",
        ),
        Field(
            name="description",
            label="A short description",
            kind="prose",
            longest=4000,
            hint="What you did, and what happened. No emergency, medical or sensitive content, please.",
        ),
    ),
    hidden=("key",),
    button="Send",
)
